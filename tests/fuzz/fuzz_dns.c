/* Look-ups: whatever comes, what goes out is a message of its size at most, with the question's id. */
#include "replay/dns.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct buf out = {0};
    char name[DNS_NAME_BYTES];
    bool is_answered = dns_answer(&out, name, (struct str){(const char *)data, size});
    bool is_well = is_answered ? out.len >= 12 && out.len <= size + 16 &&
                                     memcmp(out.s, data, 2) == 0 && memchr(name, '\0', sizeof name)
                               : out.len == 0;
    if (!is_well) {
        abort();
    }
    buf_done(&out);
    return 0;
}
