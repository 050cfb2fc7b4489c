#include "plugins/common/files/partname.hpp"

namespace lm::files {

std::string partName(const std::string& location, unsigned part, unsigned attempt) {
    const auto slash = location.rfind('/');
    const std::size_t name = slash == std::string::npos ? 0 : slash + 1;
    auto dot = location.rfind('.');
    // A leading dot hides a file, it begins no extension.
    if (dot == std::string::npos || dot <= name) dot = location.size();
    std::string made = location.substr(0, dot);
    if (part > 1) made.append("-part").append(std::to_string(part));
    if (attempt > 1) made.append("-").append(std::to_string(attempt));
    return made + location.substr(dot);
}

} // namespace lm::files
