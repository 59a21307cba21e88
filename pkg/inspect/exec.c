#include "pkg/inspect/exec.h"

#include <string.h>

/* What the kernel reads of a file before it decides (BINPRM_BUF_SIZE since Linux 5.1). */
enum { LINE_MAX_BYTES = 256 };

static bool starts(struct pl_slice s, const char *magic, size_t n)
{
    return s.len >= n && memcmp(s.ptr, magic, n) == 0;
}

static bool is_macho(struct pl_slice s)
{
    static const char magic[][4] = {{'\xfe', '\xed', '\xfa', '\xce'},
                                    {'\xfe', '\xed', '\xfa', '\xcf'},
                                    {'\xce', '\xfa', '\xed', '\xfe'},
                                    {'\xcf', '\xfa', '\xed', '\xfe'}};
    for (size_t i = 0; i < sizeof magic / sizeof magic[0]; i++) {
        if (starts(s, magic[i], sizeof magic[i])) {
            return true;
        }
    }
    /* A universal file begins as a Java class does; a number of architectures follows where a class
     * has its version, which is 45 at least. */
    return starts(s, "\xca\xfe\xba\xbe\0\0\0", 7) && s.len >= 8 && (unsigned char)s.ptr[7] < 45;
}

/* As binfmt_script does: blanks around the interpreter and at the end of the line do not count, all
 * the rest is one argument. */
static void read_line(struct pl_exec *ret, struct pl_slice bytes)
{
    struct pl_slice seen = pl_slice_sub(bytes, 0, LINE_MAX_BYTES);
    size_t end = pl_slice_find(seen, '\n');
    struct pl_slice line = pl_slice_sub(seen, 2, end);
    while (line.len > 0 && (line.ptr[line.len - 1] == ' ' || line.ptr[line.len - 1] == '\t')) {
        line.len--;
    }
    size_t at = 0;
    while (at < line.len && (line.ptr[at] == ' ' || line.ptr[at] == '\t')) {
        at++;
    }
    size_t from = at;
    while (at < line.len && line.ptr[at] != ' ' && line.ptr[at] != '\t' && line.ptr[at] != '\0') {
        at++;
    }
    ret->interpreter = pl_slice_sub(line, from, at);
    ret->name_cut = bytes.len >= LINE_MAX_BYTES && 2 + at == seen.len;
    while (at < line.len && (line.ptr[at] == ' ' || line.ptr[at] == '\t')) {
        at++;
    }
    ret->argument = pl_slice_sub(line, at, line.len);
}

static bool looks_like_text(struct pl_slice bytes)
{
    struct pl_slice seen = pl_slice_sub(bytes, 0, LINE_MAX_BYTES);
    for (size_t i = 0; i < seen.len; i++) {
        unsigned char c = (unsigned char)seen.ptr[i];
        if ((c < ' ' && (c < '\t' || c > '\r')) || c == 0x7f) {
            return false;
        }
    }
    return true;
}

static enum pl_exec_kind kind_of(struct pl_slice bytes)
{
    static const char lfs[] = "version https://git-lfs";
    if (bytes.len == 0) {
        return PL_EXEC_EMPTY;
    }
    if (pl_elf_is(bytes)) {
        return PL_EXEC_ELF;
    }
    if (starts(bytes, "#!", 2)) {
        return PL_EXEC_SCRIPT;
    }
    if (starts(bytes, "\xef\xbb\xbf", 3) || starts(bytes, "\xff\xfe", 2) ||
        starts(bytes, "\xfe\xff", 2)) {
        return PL_EXEC_MARKED;
    }
    if (is_macho(bytes)) {
        return PL_EXEC_MACHO;
    }
    if (starts(bytes, "MZ", 2) && !looks_like_text(bytes)) {
        return PL_EXEC_PE;
    }
    if (starts(bytes, "PK\3\4", 4)) {
        return PL_EXEC_ZIP;
    }
    if (starts(bytes, "\x1f\x8b", 2)) {
        return PL_EXEC_GZIP;
    }
    if (starts(bytes, lfs, sizeof lfs - 1)) {
        return PL_EXEC_LFS;
    }
    return looks_like_text(bytes) ? PL_EXEC_TEXT : PL_EXEC_OTHER;
}

void pl_exec_read(struct pl_exec *ret, struct pl_slice bytes, uint64_t size)
{
    *ret = (struct pl_exec){.kind = (uint8_t)kind_of(bytes)};
    if (ret->kind == PL_EXEC_ELF) {
        pl_elf_read(&ret->elf, bytes, size);
    } else if (ret->kind == PL_EXEC_SCRIPT) {
        read_line(ret, bytes);
    }
}

const char *pl_exec_kind_text(enum pl_exec_kind kind)
{
    switch (kind) {
    case PL_EXEC_EMPTY:
        return "an empty file";
    case PL_EXEC_ELF:
        return "an ELF file";
    case PL_EXEC_SCRIPT:
        return "a script";
    case PL_EXEC_MARKED:
        return "text with a byte-order mark, which hides the #! from Linux";
    case PL_EXEC_MACHO:
        return "a Mach-O file, which only macOS runs";
    case PL_EXEC_PE:
        return "a PE file, which only Windows runs";
    case PL_EXEC_ZIP:
        return "a ZIP file";
    case PL_EXEC_GZIP:
        return "a gzip file";
    case PL_EXEC_LFS:
        return "a pointer of Git LFS in place of the file";
    case PL_EXEC_TEXT:
        return "text that does not begin with #!";
    case PL_EXEC_OTHER:
        break;
    }
    return "neither an ELF file nor a script";
}
