/// Preloaded (LD_PRELOAD) into a program: while the file FULL_DISK_FLAG exists, nothing below the directory
/// FULL_DISK_DIRECTORY can be made or can grow, ENOSPC. What is there can be overwritten, as on a real disk.
#undef _FILE_OFFSET_BITS
#include <dlfcn.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include <cerrno>
#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <string_view>

namespace {

template <typename Function> Function* next(const char* name) {
    return reinterpret_cast<Function*>(::dlsym(RTLD_NEXT, name));
}

bool full() {
    const char* flag = std::getenv("FULL_DISK_FLAG");
    return flag && ::access(flag, F_OK) == 0;
}

bool isOurs(std::string_view path) {
    const char* directory = std::getenv("FULL_DISK_DIRECTORY");
    return directory && path.starts_with(directory);
}

bool grows(int fd, off64_t offset, std::size_t bytes) {
    char link[64];
    char path[4096];
    std::snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    const ssize_t length = ::readlink(link, path, sizeof path);
    struct stat status {};
    return length > 0 && isOurs({path, static_cast<std::size_t>(length)}) && ::fstat(fd, &status) == 0 &&
           offset + static_cast<off64_t>(bytes) > status.st_size;
}

using Write = ssize_t(int, const void*, size_t, off64_t);
using WriteV = ssize_t(int, const iovec*, int, off64_t);
using Open = int(const char*, int, ...);

ssize_t writeV(const char* name, int fd, const iovec* pieces, int count, off64_t offset) {
    std::size_t bytes = 0;
    for (int i = 0; i < count; ++i)
        bytes += pieces[i].iov_len;
    if (full() && grows(fd, offset, bytes)) {
        errno = ENOSPC;
        return -1;
    }
    return next<WriteV>(name)(fd, pieces, count, offset);
}

ssize_t write(const char* name, int fd, const void* data, std::size_t bytes, off64_t offset) {
    if (full() && grows(fd, offset, bytes)) {
        errno = ENOSPC;
        return -1;
    }
    return next<Write>(name)(fd, data, bytes, offset);
}

int openFile(const char* name, const char* path, int flags, mode_t mode) {
    if ((flags & O_CREAT) && full() && isOurs(path)) {
        errno = ENOSPC;
        return -1;
    }
    return next<Open>(name)(path, flags, mode);
}

} // namespace

#define LM_EXPORT extern "C" __attribute__((visibility("default")))

LM_EXPORT ssize_t pwritev(int fd, const iovec* pieces, int count, off_t offset) {
    return writeV("pwritev", fd, pieces, count, offset);
}
LM_EXPORT ssize_t pwritev64(int fd, const iovec* pieces, int count, off64_t offset) {
    return writeV("pwritev64", fd, pieces, count, offset);
}

LM_EXPORT ssize_t pwrite(int fd, const void* data, size_t bytes, off_t offset) {
    return write("pwrite", fd, data, bytes, offset);
}
LM_EXPORT ssize_t pwrite64(int fd, const void* data, size_t bytes, off64_t offset) {
    return write("pwrite64", fd, data, bytes, offset);
}

#define LM_OPEN(name)                                                                                        \
    LM_EXPORT int name(const char* path, int flags, ...) {                                                   \
        va_list rest;                                                                                        \
        va_start(rest, flags);                                                                               \
        const mode_t mode = flags & O_CREAT ? va_arg(rest, mode_t) : 0;                                      \
        va_end(rest);                                                                                        \
        return openFile(#name, path, flags, mode);                                                           \
    }
LM_OPEN(open)
LM_OPEN(open64)
