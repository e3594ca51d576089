/* Seeded random streams. Philox4x32-10 (counter based: a value is a function of key and counter, so
 * results do not depend on order or threads) and xoshiro256++ (plain streams). Neither is for
 * secrets: see random_secret. */
#ifndef REHEARSE_BASE_RNG_H
#define REHEARSE_BASE_RNG_H

#include <stddef.h>
#include <stdint.h>

/* One Philox4x32-10 block (Salmon, Moraes, Dror, Shaw: Parallel random numbers: as easy as 1, 2, 3;
 * SC11). */
void philox4x32(uint32_t out[4], const uint32_t counter[4], const uint32_t key[2]);
/* Two at once, of one key: in hardly more time than one. */
void philox4x32_two(uint32_t out_a[4], uint32_t out_b[4], const uint32_t a[4], const uint32_t b[4],
                    const uint32_t key[2]);

/* The next value of SplitMix64 on *state; used to spread seeds. */
uint64_t splitmix64(uint64_t *state);

/* xoshiro256++ 1.0 (Blackman, Vigna). */
struct rng {
    uint64_t s[4];
};
/* The state from `seed` by SplitMix64. */
void rng_init(struct rng *r, uint64_t seed);
uint64_t rng_u64(struct rng *r);
/* Uniform in [0, bound), bound > 0, without bias (Lemire). */
uint64_t rng_below(struct rng *r, uint64_t bound);
/* Uniform in [0, 1) with 53 bits. */
double rng_unit(struct rng *r);
/* Moves 2^128 values on: a stream of its own. */
void rng_jump(struct rng *r);

/* Fills from the system's random source (getrandom); ends the program with status 3 if there is
 * none. */
void random_secret(void *out, size_t len);

/* A version 4 UUID, lower case, 36 characters and NUL, from 128 bits. */
void uuid_text(char out[37], uint64_t high, uint64_t low);

#endif
