from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("indices", "0011_sharing_and_digests"),
    ]

    operations = [
        migrations.AddField(
            model_name="run",
            name="as_of",
            field=models.DateTimeField(null=True),
        ),
    ]
