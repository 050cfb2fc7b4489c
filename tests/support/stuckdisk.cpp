/// Preloaded (LD_PRELOAD) into a program: as long as the file STUCK_DISK_FLAG exists, nothing below the
/// directory STUCK_DISK_DIRECTORY gets to the disk: fsync does not return, as with a server of files that is
/// gone.
#include <dlfcn.h>
#include <poll.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <string_view>

namespace {

constexpr int lookAgain = 5; // ms

bool isOurs(int fd) {
    const char* directory = std::getenv("STUCK_DISK_DIRECTORY");
    char link[64];
    char path[4096];
    std::snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    const ssize_t length = directory ? ::readlink(link, path, sizeof path) : -1;
    return length > 0 && std::string_view(path, static_cast<std::size_t>(length)).starts_with(directory);
}

bool stuck() {
    const char* flag = std::getenv("STUCK_DISK_FLAG");
    return flag && ::access(flag, F_OK) == 0;
}

} // namespace

extern "C" __attribute__((visibility("default"))) int fsync(int fd) {
    if (isOurs(fd))
        while (stuck())
            ::poll(nullptr, 0, lookAgain);
    return reinterpret_cast<int (*)(int)>(::dlsym(RTLD_NEXT, "fsync"))(fd);
}
