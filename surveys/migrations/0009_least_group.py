import django.core.validators
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('surveys', '0008_blocks'),
    ]

    operations = [
        migrations.AddField(
            model_name='organisation',
            name='least_group',
            field=models.PositiveSmallIntegerField(default=10, help_text='Figures of a smaller group are hidden everywhere, and those that it could be told from by subtraction; 5 to 1000.', validators=[django.core.validators.MinValueValidator(5), django.core.validators.MaxValueValidator(1000)], verbose_name='fewest respondents whose figures are shown'),
        ),
        migrations.AddConstraint(
            model_name='organisation',
            constraint=models.CheckConstraint(condition=models.Q(('least_group__gte', 5), ('least_group__lte', 1000)), name='organisation_least_group'),
        ),
    ]
