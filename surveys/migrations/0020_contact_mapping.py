from typing import ClassVar

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies: ClassVar = [("surveys", "0019_rating")]

    operations: ClassVar = [
        migrations.AddField(
            model_name="contactimport",
            name="mapping",
            field=models.JSONField(default=dict),
        ),
    ]
