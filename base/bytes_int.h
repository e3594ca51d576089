/* Private to base/: eight bytes at a time. */
#ifndef REHEARSE_BASE_BYTES_INT_H
#define REHEARSE_BASE_BYTES_INT_H

#include <stdint.h>
#include <string.h>

#define BYTES_ONES UINT64_C(0x0101010101010101)
#define BYTES_HIGH UINT64_C(0x8080808080808080)

/* Eight bytes, the first one lowest, whatever the machine. */
static inline uint64_t load_le64(const char *p)
{
    uint64_t w;
    memcpy(&w, p, sizeof w);
    return __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__ ? w : __builtin_bswap64(w);
}

/* Four bytes likewise. */
static inline uint32_t load_le32(const char *p)
{
    uint32_t w;
    memcpy(&w, p, sizeof w);
    return __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__ ? w : __builtin_bswap32(w);
}

#endif
