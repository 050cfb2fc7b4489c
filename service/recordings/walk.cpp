#include "service/recordings/walk.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <memory>
#include <string_view>

namespace lm::recordings {
namespace {

constexpr int mostLevels = 3;

struct Close {
    void operator()(DIR* directory) const { ::closedir(directory); }
};

using OnFile = std::function<bool(int, const char*, const std::string&)>;

bool isDirectory(int parent, const dirent& entry) {
    if (entry.d_type != DT_UNKNOWN) return entry.d_type == DT_DIR;
    struct stat status {};
    return ::fstatat(parent, entry.d_name, &status, AT_SYMLINK_NOFOLLOW) == 0 && S_ISDIR(status.st_mode);
}

/// False when `file` wants no more.
bool walk(int fd, const std::string& path, int levels, const OnFile& file) {
    const std::unique_ptr<DIR, Close> directory(::fdopendir(fd));
    if (!directory) {
        ::close(fd);
        return true;
    }
    while (const dirent* entry = ::readdir(directory.get())) {
        const std::string_view name = entry->d_name;
        if (name == "." || name == "..") continue;
        const std::string below = path + '/' + entry->d_name;
        if (isDirectory(fd, *entry)) {
            const int next =
                levels > 0 ? ::openat(fd, entry->d_name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
                           : -1;
            if (next >= 0 && !walk(next, below, levels - 1, file)) return false;
        } else if (name.ends_with(".wav") && !file(fd, entry->d_name, below)) {
            return false;
        }
    }
    return true;
}

} // namespace

bool forEachWav(const std::string& root, const OnFile& file) {
    const int fd = ::open(root.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) return false;
    walk(fd, root, mostLevels, file);
    return true;
}

} // namespace lm::recordings
