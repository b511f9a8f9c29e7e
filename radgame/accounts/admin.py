from django.contrib import admin
from django.contrib.auth.admin import UserAdmin
from django.utils.translation import gettext_lazy as _

from .models import User


@admin.register(User)
class ReaderAdmin(UserAdmin):  # type: ignore[type-arg]
    list_display = [
        *("username", "email", "first_name", "last_name"),
        *("role", "is_staff", "kind", "source"),
    ]
    list_filter = ["kind", "role", "is_staff", "is_active", "is_guest"]
    # Instructors are made here and nowhere else.
    fieldsets = (*(UserAdmin.fieldsets or ()), (_("Teaching"), {"fields": ["role"]}))
