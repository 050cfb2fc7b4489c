#include "service/association/folder.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <memory>

namespace lm::association {
namespace {

constexpr int folderFlags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;

/// Not every file system can do that in one step.
int moveWithoutReplacing(int from, int to, const char* name) {
    if (::renameat2(from, name, to, name, RENAME_NOREPLACE) == 0) return 0;
    if (errno != EINVAL && errno != ENOSYS) return -1;
    if (::linkat(from, name, to, name, 0) != 0) return -1;
    return ::unlinkat(from, name, 0);
}

} // namespace

FolderPair::FolderPair(const std::string& directory, std::string from, std::string to)
    : fromName_(std::move(from)), toName_(std::move(to)),
      directory_(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)), from_(openFolder(fromName_)),
      to_(openFolder(toName_)) {}

OwnedFd FolderPair::openFolder(const std::string& name) const {
    if (!directory_) return {};
    return OwnedFd(::openat(directory_.get(), name.c_str(), folderFlags));
}

std::vector<std::string> FolderPair::names() const {
    std::vector<std::string> all;
    const int copy = from_ ? ::openat(from_.get(), ".", folderFlags) : -1;
    if (copy < 0) return all;
    const std::unique_ptr<DIR, int (*)(DIR*)> folder(::fdopendir(copy), ::closedir);
    if (!folder) return ::close(copy), all;
    while (const dirent* entry = ::readdir(folder.get()))
        if (entry->d_type == DT_REG || (entry->d_type == DT_UNKNOWN && find(from_, entry->d_name)))
            all.emplace_back(entry->d_name);
    return all;
}

std::optional<struct stat> FolderPair::find(const OwnedFd& folder, const std::string& name) {
    struct stat status {};
    if (!folder || ::fstatat(folder.get(), name.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0 ||
        !S_ISREG(status.st_mode))
        return std::nullopt;
    return status;
}

OwnedFd FolderPair::open(const std::string& name, int flags) const {
    return OwnedFd(
        ::openat(from_.get(), name.c_str(), flags | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC));
}

bool FolderPair::makeSecond() {
    if (::mkdirat(directory_.get(), toName_.c_str(), 0777) != 0 && errno != EEXIST) return false;
    to_ = openFolder(toName_);
    return static_cast<bool>(to_);
}

FolderPair::Outcome FolderPair::move(const std::string& name) {
    // More than once: whoever tidies up empty folders may be faster than we are.
    for (int i = 0; i < 8; ++i) {
        if (!to_ && !makeSecond() && errno != ENOENT) return Outcome::Failed;
        if (to_ && moveWithoutReplacing(from_.get(), to_.get(), name.c_str()) == 0) return Outcome::Moved;
        if (errno == EEXIST) return Outcome::Taken;
        if (errno != ENOENT) return Outcome::Failed;
        if (!inFirst(name)) return Outcome::Gone;
        errno = ENOENT;
        to_ = {};
    }
    return Outcome::Failed;
}

bool FolderPair::settle() {
    for (const OwnedFd* folder : {&to_, &from_, &directory_})
        if (*folder && ::fsync(folder->get()) != 0 && errno != EINVAL) return false;
    if (from_) static_cast<void>(::unlinkat(directory_.get(), fromName_.c_str(), AT_REMOVEDIR));
    return true;
}

} // namespace lm::association
