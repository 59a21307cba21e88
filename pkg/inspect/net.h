/*
 * A managed assembly (ECMA-335, 6th edition, partition II): types, their bases, methods, custom
 * attributes.  A view over the file's bytes: nothing is copied or allocated, so a large assembly
 * costs no more than what is asked of it.  Every offset and count is checked when it is used;
 * rows count from 1 as in the standard, 0 is none.
 */
#ifndef PL_PKG_INSPECT_NET_H
#define PL_PKG_INSPECT_NET_H

#include "pkg/base/slice.h"

enum pl_net_state {
    PL_NET_NOT_PE,  /* no portable executable */
    PL_NET_NATIVE,  /* one without managed code */
    PL_NET_DAMAGED, /* cut short, or its parts contradict each other */
    PL_NET_STRANGE, /* metadata that we do not read: edit-and-continue, a later version */
    PL_NET_MANAGED
};

/* The tables that are looked at; others are only measured (II.22). */
enum pl_net_table_id {
    PL_NET_MODULE = 0x00,
    PL_NET_TYPE_REF = 0x01,
    PL_NET_TYPE_DEF = 0x02,
    PL_NET_METHOD = 0x06,
    PL_NET_PARAM = 0x08,
    PL_NET_MEMBER_REF = 0x0a,
    PL_NET_ATTRIBUTE = 0x0c,
    PL_NET_MODULE_REF = 0x1a,
    PL_NET_TYPE_SPEC = 0x1b,
    PL_NET_ASSEMBLY = 0x20,
    PL_NET_ASSEMBLY_REF = 0x23,
    PL_NET_EXPORTED_TYPE = 0x27,
    PL_NET_NESTED = 0x29,
    PL_NET_GENERIC_PARAM = 0x2a,
    PL_NET_TABLES = 0x2d
};

enum { PL_NET_COLUMNS = 9, PL_NET_NAME_PARTS = 16 };

struct pl_net_table {
    uint32_t rows;
    uint8_t size;                       /* of a row */
    uint8_t offset[PL_NET_COLUMNS + 1]; /* of its columns */
    size_t at;                          /* in the file */
};

struct pl_net {
    uint8_t state;        /* enum pl_net_state; all below is for MANAGED only */
    const char *why;      /* static, for DAMAGED and STRANGE */
    struct pl_slice text; /* borrowed: the file */
    struct pl_slice strings, blob, user;
    struct pl_net_table table[PL_NET_TABLES];
    uint32_t entry_point; /* token; 0: a library */
    struct pl_slice name; /* of the assembly */
};

/* `text` must outlive *ret. */
void pl_net_read(struct pl_net *ret, struct pl_slice text);

/* A type by table and row: TYPE_DEF, TYPE_REF or TYPE_SPEC; row 0: none. */
struct pl_net_token {
    uint8_t table;
    uint32_t row;
};

/* Flags of types and methods that matter (II.23.1.15, II.23.1.10). */
enum {
    PL_NET_T_INTERFACE = 0x20,
    PL_NET_T_ABSTRACT = 0x80,
    PL_NET_M_ACCESS = 0x07, /* mask */
    PL_NET_M_PUBLIC = 0x06,
    PL_NET_M_STATIC = 0x10,
    PL_NET_M_VIRTUAL = 0x40,
    PL_NET_M_NEW_SLOT = 0x100,
    PL_NET_M_ABSTRACT = 0x400
};

struct pl_net_type {
    struct pl_slice space, name;
    uint32_t flags;
    uint32_t outer; /* row of the enclosing TypeDef, 0: none */
    struct pl_net_token base;
    uint32_t method, n_method; /* rows of MethodDef */
    bool generic;
};

struct pl_net_method {
    struct pl_slice name;
    uint32_t flags;
    uint32_t param, n_param_row; /* rows of Param */
    struct pl_slice sig;         /* MethodDefSig (II.23.2.1) */
};

/* False: no such row, or it points to nowhere. */
bool pl_net_type(const struct pl_net *net, uint32_t row, struct pl_net_type *ret);
bool pl_net_method(const struct pl_net *net, uint32_t row, struct pl_net_method *ret);

/* A type's name from outside in: "Space.Outer", then "Inner". */
struct pl_net_name {
    struct pl_slice space;
    struct pl_slice part[PL_NET_NAME_PARTS]; /* outermost first */
    uint32_t n;                              /* 0: could not be followed */
};
void pl_net_name_of(const struct pl_net *net, struct pl_net_token token, struct pl_net_name *ret);
/* Is it "Space.Outer+Inner"? */
bool pl_net_name_is(const struct pl_net_name *name, struct pl_slice full);

/* TypeDef row of the first type with this full name, 0: none. */
uint32_t pl_net_find(const struct pl_net *net, struct pl_slice full);
/* For a TypeRef: the simple name of the assembly it stands in; empty: this one, or not known
 * (then *ret_known is false). */
struct pl_slice pl_net_assembly_of(const struct pl_net *net, struct pl_net_token ref,
                                   bool *ret_known);
/* TypeSpec of a generic instance or a plain class: the type itself; others give row 0. */
struct pl_net_token pl_net_unwrap(const struct pl_net *net, struct pl_net_token token);
/* The row of a type that is written as a coded index TypeDefOrRef (II.24.2.6). */
struct pl_net_token pl_net_coded_type(uint32_t coded);

/* Does the row (METHOD, PARAM, ASSEMBLY) bear an attribute of this full name? */
bool pl_net_has_attribute(const struct pl_net *net, enum pl_net_table_id of, uint32_t row,
                          const char *full);
/* The first argument, a string, of the assembly's attribute of this name; empty: none. */
struct pl_slice pl_net_attribute_text(const struct pl_net *net, const char *full);
/* ParamArrayAttribute on the last parameter. */
bool pl_net_has_params(const struct pl_net *net, const struct pl_net_method *method);

/* String literals of the code (#US), UTF-16; *pos starts at 0.  False at the end. */
bool pl_net_next_literal(const struct pl_net *net, size_t *pos, struct pl_slice *ret);

/* What a type in a signature is, as far as a handler goes. */
enum pl_net_kind {
    PL_NET_K_BAD, /* the signature cannot be read */
    PL_NET_K_VOID,
    PL_NET_K_VALUE, /* a primitive, string, array, value type: surely no class of ours */
    PL_NET_K_CLASS, /* a class or interface: `token` says which */
    PL_NET_K_TASK   /* Task<T>: `inner` says what T is, `token` when it is a class */
};
struct pl_net_param {
    uint8_t kind;  /* enum pl_net_kind */
    uint8_t inner; /* the same, of a TASK */
    struct pl_net_token token;
    struct pl_slice primitive; /* "System.String" where the signature has it built in */
};

enum { PL_NET_PARAMS = 3 };
struct pl_net_sig {
    bool generic, vararg, instance;
    uint32_t n_param;
    struct pl_net_param result;
    struct pl_net_param param[PL_NET_PARAMS]; /* the first ones */
};
/* False: damaged. */
bool pl_net_read_sig(const struct pl_net *net, struct pl_slice sig, struct pl_net_sig *ret);

#endif
