from django.contrib import admin
from django.contrib.auth.admin import UserAdmin

from .models import User


@admin.register(User)
class ReaderAdmin(UserAdmin):  # type: ignore[type-arg]
    list_display = ["username", "email", "first_name", "last_name", "kind", "source", "is_staff"]
    list_filter = ["kind", "role", "is_staff", "is_active", "is_guest"]
