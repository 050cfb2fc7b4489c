#include "service/daemon/directories.hpp"

#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <system_error>

namespace lm::daemon {

std::optional<Error> prepareDirectory(const std::string& variable, const std::string& path) {
    std::error_code failed;
    std::filesystem::create_directories(path, failed);
    if (!failed && ::access(path.c_str(), W_OK | X_OK) != 0) failed.assign(errno, std::generic_category());
    if (!failed) return std::nullopt;
    return Error{variable + ": cannot write to " + path + " (" + failed.message() +
                 "); make it writable, or choose another directory"};
}

std::optional<Error> prepareDatabaseDirectory(const std::string& file) {
    if (file.empty()) return std::nullopt;
    const auto directory = std::filesystem::path(file).parent_path();
    return prepareDirectory("DATABASE_URL", directory.empty() ? "." : directory.string());
}

} // namespace lm::daemon
