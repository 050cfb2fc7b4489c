#include "service/downloads/confined.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>
#include <string_view>
#include <system_error>

namespace lm::downloads {
namespace {

Error failed(const char* what) {
    return {std::string(what) + ": " + std::generic_category().message(errno)};
}

/// The path below the directory; empty when it is not.
std::string_view below(const std::string& directory, std::string_view path) {
    if (!path.starts_with('/') && !path.starts_with(directory)) return path;
    if (!path.starts_with(directory)) return {};
    path.remove_prefix(directory.size());
    if (!directory.ends_with('/') && !path.starts_with('/')) return {};
    while (path.starts_with('/'))
        path.remove_prefix(1);
    return path;
}

} // namespace

Result<OwnedFd> openBelow(const std::string& directory, const std::string& path) {
    std::string_view rest = below(directory, path);
    if (rest.empty() || rest.find('\0') != std::string_view::npos) return Error{"the path is not below it"};
    // The directory itself is the operator's, and may be a link.
    OwnedFd at(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!at) return failed("the directory cannot be opened");
    while (!rest.empty()) {
        const std::size_t slash = rest.find('/');
        const std::string step(rest.substr(0, slash));
        const bool last = slash == std::string_view::npos;
        rest = last ? std::string_view() : rest.substr(slash + 1);
        if (step.empty() || step == "." || step == ".." || (!last && rest.empty()))
            return Error{"the path is not a plain one"};
        const int kind = last ? O_NONBLOCK | O_NOCTTY : O_DIRECTORY;
        at = OwnedFd(::openat(at.get(), step.c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC | kind));
        if (!at) return failed("the file cannot be opened");
    }
    struct stat status {};
    if (::fstat(at.get(), &status) != 0) return failed("the file cannot be examined");
    if (!S_ISREG(status.st_mode)) return Error{"it is no regular file"};
    return at;
}

} // namespace lm::downloads
