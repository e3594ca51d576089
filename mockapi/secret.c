/* Every byte of what was given is looked at, whatever the first ones said. */
#include "mockapi/secret.h"

bool secret_is_same(struct str given, struct str kept)
{
    unsigned char difference = given.len != kept.len;
    for (size_t i = 0; i < given.len; i++) {
        difference |= (unsigned char)(given.s[i] ^ (kept.len ? kept.s[i % kept.len] : 0));
    }
    return difference == 0;
}
