/** Exact fractions: times are never floats where they decide which frame is meant. */

export class Fraction {
  static readonly ZERO = new Fraction(0n, 1n);

  private constructor(
    readonly numerator: bigint,
    readonly denominator: bigint,
  ) {}

  static of(numerator: bigint, denominator = 1n): Fraction {
    if (denominator === 0n) throw new RangeError('division by zero');
    const divisor = greatestCommonDivisor(numerator, denominator);
    const sign = denominator < 0n ? -1n : 1n;
    return new Fraction((sign * numerator) / divisor, (sign * denominator) / divisor);
  }

  /** Of `12`, `0.07` or `1001/30`; null for anything else. */
  static parse(text: string): Fraction | null {
    const match = /^(-?\d{1,100})(?:\.(\d{1,99})|\/(\d{1,100}))?$/.exec(text.trim());
    if (match === null) return null;
    const [, whole = '', decimals = '', divisor] = match;
    if (divisor !== undefined) {
      return BigInt(divisor) === 0n ? null : Fraction.of(BigInt(whole), BigInt(divisor));
    }
    const digits = BigInt(whole + decimals);
    return Fraction.of(digits, 10n ** BigInt(decimals.length));
  }

  plus(other: Fraction): Fraction {
    return Fraction.of(
      this.numerator * other.denominator + other.numerator * this.denominator,
      this.denominator * other.denominator,
    );
  }

  minus(other: Fraction): Fraction {
    return this.plus(Fraction.of(-other.numerator, other.denominator));
  }

  times(other: Fraction): Fraction {
    return Fraction.of(this.numerator * other.numerator, this.denominator * other.denominator);
  }

  over(other: Fraction): Fraction {
    return Fraction.of(this.numerator * other.denominator, this.denominator * other.numerator);
  }

  compare(other: Fraction): number {
    const difference = this.numerator * other.denominator - other.numerator * this.denominator;
    return difference < 0n ? -1 : difference > 0n ? 1 : 0;
  }

  isBefore(other: Fraction): boolean {
    return this.compare(other) < 0;
  }

  floor(): bigint {
    return floorDivide(this.numerator, this.denominator);
  }

  ceil(): bigint {
    return -floorDivide(-this.numerator, this.denominator);
  }

  toNumber(): number {
    const whole = this.floor();
    const rest = this.numerator - whole * this.denominator;
    return Number(whole) + Number(rest) / Number(this.denominator);
  }

  toString(): string {
    return this.denominator === 1n ? `${this.numerator}` : `${this.numerator}/${this.denominator}`;
  }
}

/** The quotient rounded towards minus infinity, as Python's `//` rounds. */
export function floorDivide(numerator: bigint, denominator: bigint): bigint {
  const quotient = numerator / denominator;
  const isInexact = quotient * denominator !== numerator;
  return isInexact && numerator < 0n !== denominator < 0n ? quotient - 1n : quotient;
}

export function earlier(a: Fraction, b: Fraction): Fraction {
  return b.isBefore(a) ? b : a;
}

export function later(a: Fraction, b: Fraction): Fraction {
  return a.isBefore(b) ? b : a;
}

function greatestCommonDivisor(a: bigint, b: bigint): bigint {
  let [x, y] = [a < 0n ? -a : a, b < 0n ? -b : b];
  while (y !== 0n) [x, y] = [y, x % y];
  return x === 0n ? 1n : x;
}
