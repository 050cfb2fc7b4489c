/// Preloaded (LD_PRELOAD) into a program: what the file LOST_SECTOR_FILE held cannot be read any more, EIO.
#include <dlfcn.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <string_view>

extern "C" __attribute__((visibility("default"))) ssize_t read(int fd, void* data, size_t size) {
    const char* lost = std::getenv("LOST_SECTOR_FILE");
    char link[64];
    char path[4096];
    std::snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    const ssize_t length = lost ? ::readlink(link, path, sizeof path) : -1;
    if (length > 0 && std::string_view(path, static_cast<std::size_t>(length)) == lost) {
        errno = EIO;
        return -1;
    }
    return reinterpret_cast<ssize_t (*)(int, void*, size_t)>(::dlsym(RTLD_NEXT, "read"))(fd, data, size);
}
