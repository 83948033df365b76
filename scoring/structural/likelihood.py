"""What the search for maximum likelihood estimates needs to know of the answers, complete or with gaps."""

from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

from scoring.arrays import Bools, Floats
from scoring.structural.ml_derivatives import (
    Derivatives,
    derivatives,
    discrepancy,
    expected_information,
    gradient,
    observed_information,
)
from scoring.structural.ram import Structure


class Point(Protocol):
    """The likelihood around one parameter vector: slope of F (q,), informations of one case (q, q).

    `reported` is the information that ordinary standard errors come from.
    """

    @property
    def slope(self) -> Floats: ...
    @property
    def observed(self) -> Floats: ...
    @property
    def reported(self) -> Floats: ...


class Likelihood(Protocol):
    """F, which is −2 log L / n but for a constant, of parameters (q,), some of which are variances."""

    @property
    def is_variance(self) -> Bools: ...
    def value(self, theta: Floats) -> float:
        """F; infinite where Σ is not positive definite."""

    def point(self, theta: Floats) -> Point:
        """Slope and informations at `theta`."""


@dataclass(frozen=True)
class CompletePoint:
    """Complete answers; ordinary standard errors by expected information, as lavaan's default."""

    at: Derivatives

    @cached_property
    def slope(self) -> Floats:
        """∂F/∂θ."""
        return gradient(self.at)

    @cached_property
    def observed(self) -> Floats:
        """½ ∂²F/∂θ²."""
        return observed_information(self.at)

    @cached_property
    def reported(self) -> Floats:
        """Expected information."""
        return expected_information(self.at)


@dataclass(frozen=True)
class CompleteLikelihood:
    """F of complete answers through their correlations (p, p), the means being free."""

    structure: Structure
    correlation: Floats

    @property
    def is_variance(self) -> Bools:
        """(q,) which parameters are variances."""
        return self.structure.is_variance

    def value(self, theta: Floats) -> float:
        """F; infinite where Σ is not positive definite."""
        return discrepancy(self.structure, theta, self.correlation)

    def point(self, theta: Floats) -> CompletePoint:
        """Slope and informations at `theta`."""
        return CompletePoint(derivatives(self.structure, theta, self.correlation))
