from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('surveys', '0005_without_single_instrument'),
    ]

    operations = [
        migrations.AddField(
            model_name='survey',
            name='codes',
            field=models.JSONField(default=dict),
        ),
    ]
