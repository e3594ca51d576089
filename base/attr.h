/* Names for the compiler attributes that the house allows. */
#ifndef REHEARSE_BASE_ATTR_H
#define REHEARSE_BASE_ATTR_H

/* The result says whether the call worked: ignoring it is a warning. */
#define CHECK __attribute__((warn_unused_result))

/* Run `fn(&variable)` when the variable leaves its scope: AUTO(fd_close) int fd = -1; */
#define AUTO(fn) __attribute__((cleanup(fn)))

/* Argument number `a` is a printf format, its arguments start at number `b`. */
#define PRINTF(a, b) __attribute__((format(printf, a, b)))

#define NORETURN __attribute__((noreturn))

/* Rarely called: kept out of the way and of its callers' frames. */
#define COLD __attribute__((cold, noinline))

/* Hash and random functions, in which unsigned wrap is meant. */
#if defined(__clang__)
#define ALLOW_WRAP __attribute__((no_sanitize("integer")))
#else
#define ALLOW_WRAP
#endif

#endif
