from django.db import migrations, models


def keep_whom_it_is_for(apps, schema_editor):
    """Until now an assignment was for everybody where it named nobody."""
    Assignment = apps.get_model("classroom", "Assignment")
    Assignment.objects.filter(members__isnull=False).update(is_for_all=False)


class Migration(migrations.Migration):

    dependencies = [
        ("classroom", "0003_studies_and_options"),
    ]

    operations = [
        migrations.AddField(
            model_name="assignment",
            name="is_for_all",
            field=models.BooleanField(
                default=True,
                editable=False,
                help_text="For the whole cohort, also for who joins later; else for its members by name.",
            ),
        ),
        migrations.RunPython(keep_whom_it_is_for, migrations.RunPython.noop),
    ]
