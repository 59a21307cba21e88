/* Little-endian numbers and table cells, checked; for the files of the assembly reader only. */
#ifndef PL_PKG_INSPECT_NET_READ_H
#define PL_PKG_INSPECT_NET_READ_H

#include "pkg/inspect/net.h"

/* 0 outside of the text. */
uint32_t pl_net_u16(struct pl_slice s, size_t at);
uint32_t pl_net_u32(struct pl_slice s, size_t at);
/* Column of a row; 0 when there is no such row. */
uint32_t pl_net_cell(const struct pl_net *net, unsigned table, uint32_t row, unsigned column);
struct pl_slice pl_net_string(const struct pl_net *net, uint32_t at);
struct pl_slice pl_net_blob(const struct pl_net *net, uint32_t at);
/* A compressed unsigned integer (II.23.2); false at the end or when malformed. */
bool pl_net_packed(struct pl_slice s, size_t *pos, uint32_t *ret);

#endif
