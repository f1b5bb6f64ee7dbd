// Scheduler: what the table of persistent.wgmma.cl holds
// What:     writes the device address of a buffer
// Buffers:  buffer, any; addresses ulong
// Args:     struct persistent_address_args
// Launch:   one item
// Source:   NVIDIA's pointers are plain addresses
#include "abi/persistent.h"

kernel __attribute__((reqd_work_group_size(1, 1, 1))) void persistent_address(
    global char* buffer, global ulong* addresses, const struct persistent_address_args args) {
  addresses[args.index] = (ulong)(size_t)buffer;
}
