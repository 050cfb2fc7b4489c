/// Preloaded (LD_PRELOAD) into a program: as long as the file STUCK_DISK_FLAG exists, nothing below the
/// directory STUCK_DISK_DIRECTORY gets to the disk: what makes, opens, fills or removes something there, and
/// fsync, do not return, as with a server of files that is gone.
#undef _FILE_OFFSET_BITS // with it `open` would be `open64` by another name, and both are to be here
#include <dlfcn.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <string_view>

namespace {

constexpr int lookAgain = 5; // ms

bool isOurs(std::string_view path) {
    const char* directory = std::getenv("STUCK_DISK_DIRECTORY");
    return directory && path.starts_with(directory);
}

bool isOurs(int fd) {
    char link[64];
    char path[4096];
    std::snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    const ssize_t length = ::readlink(link, path, sizeof path);
    return length > 0 && isOurs(std::string_view(path, static_cast<std::size_t>(length)));
}

bool stuck() {
    const char* flag = std::getenv("STUCK_DISK_FLAG");
    return flag && ::access(flag, F_OK) == 0;
}

template <typename Place> void wait(Place place) {
    if (isOurs(place))
        while (stuck())
            ::poll(nullptr, 0, lookAgain);
}

template <typename Function, typename... Args> auto real(const char* name, Args... args) {
    return reinterpret_cast<Function*>(::dlsym(RTLD_NEXT, name))(args...);
}

mode_t modeOf(int flags, va_list more) {
    return flags & O_CREAT ? static_cast<mode_t>(va_arg(more, int)) : 0;
}

} // namespace

#define HOOK extern "C" __attribute__((visibility("default")))

HOOK int fsync(int fd) {
    wait(fd);
    return real<int(int)>("fsync", fd);
}

HOOK int mkdir(const char* path, mode_t mode) noexcept {
    wait(std::string_view(path));
    return real<int(const char*, mode_t)>("mkdir", path, mode);
}

HOOK int rmdir(const char* path) noexcept {
    wait(std::string_view(path));
    return real<int(const char*)>("rmdir", path);
}

// A program calls one of the two of each, as it was compiled.
#define HOOK_OPEN(name)                                                                                      \
    HOOK int name(const char* path, int flags, ...) {                                                        \
        va_list more;                                                                                        \
        va_start(more, flags);                                                                               \
        const mode_t mode = modeOf(flags, more);                                                             \
        va_end(more);                                                                                        \
        wait(std::string_view(path));                                                                        \
        return real<int(const char*, int, ...)>(#name, path, flags, mode);                                   \
    }
#define HOOK_WRITE(name, Data, Count)                                                                        \
    HOOK ssize_t name(int fd, const Data* data, Count count, off_t offset) {                                 \
        wait(fd);                                                                                            \
        return real<ssize_t(int, const Data*, Count, off_t)>(#name, fd, data, count, offset);                \
    }

HOOK_OPEN(open)
HOOK_OPEN(open64)
HOOK_WRITE(pwrite, void, std::size_t)
HOOK_WRITE(pwrite64, void, std::size_t)
HOOK_WRITE(pwritev, iovec, int)
HOOK_WRITE(pwritev64, iovec, int)
