#include "tests/plugins/imentivsink/spooldirectory.hpp"

#include "tests/support/eventually.hpp"

#include <algorithm>

namespace lm::test {

namespace fs = std::filesystem;

std::vector<std::string> SpoolDirectory::blocks(const std::string& folder) const {
    std::vector<std::string> names;
    std::error_code missing;
    for (const auto& entry : fs::directory_iterator(file(folder), missing))
        if (entry.path().extension() == ".block") names.push_back(entry.path().filename());
    std::sort(names.begin(), names.end());
    return names;
}

bool SpoolDirectory::emptied() const {
    return eventually([this] { return blocks().empty(); });
}

} // namespace lm::test
