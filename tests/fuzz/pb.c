#include "fuzz.h"
#include "core/pb.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    struct tv_tensor *t = NULL;
    tv_die_hook = fuzz_jump;
    if (setjmp(fuzz_away)) return 0;
    if (!tv_pb_parse_new(&t, bytes, n, NULL)) tv_tensor_free(t);
    return 0;
}
