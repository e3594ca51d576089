/* Logarithm and exponential with pinned bits: plain IEEE arithmetic, no libm, so that a simulated day is
 * the same on every machine, with every compiler and at every level of optimisation. Private to sim/. */
#ifndef REHEARSE_SIM_PIN_H
#define REHEARSE_SIM_PIN_H

/* Natural logarithm of a positive, finite, normal x; within 2 units in the last place. */
double pin_log(double x);
/* e to the x; x below -700 gives 0, above 700 the value at 700. Within 2 units in the last place. */
double pin_exp(double x);

#endif
