"""Say of the cases that are there what they can be played as, and count the sets."""

from typing import Any

from django.db import migrations
from django.db.models import Exists, OuterRef


def fill(apps: Any, schema_editor: Any) -> None:
    """Until now a ready case was one for Localize; those with a report are for Report too."""
    database = schema_editor.connection.alias
    case_model = apps.get_model("cases", "Case")
    report_model = apps.get_model("cases", "ReferenceReport")
    item_model = apps.get_model("cases", "CaseSetItem")
    ready = case_model.objects.using(database).filter(status="ready")
    ready.update(for_localize=True)
    reports = report_model.objects.using(database).filter(
        study=OuterRef("study"), language="en", findings__regex=r"\S"
    )
    ready.filter(Exists(reports)).update(for_report=True)
    for case_set in apps.get_model("cases", "CaseSet").objects.using(database).all():
        items = item_model.objects.using(database).filter(case_set=case_set)
        playable = items.filter(case__status="ready")
        case_set.size = items.count()
        case_set.localize_size = playable.filter(case__for_localize=True).count()
        case_set.report_size = playable.filter(case__for_report=True).count()
        case_set.save(update_fields=["size", "localize_size", "report_size"])


class Migration(migrations.Migration):
    dependencies = [("cases", "0002_played_as")]

    # Backwards, the columns go with the migration before.
    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
