#include "tests/plugins/imentivsink/spooldirectory.hpp"

#include "tests/support/eventually.hpp"

#include <algorithm>
#include <cstdlib>
#include <stdexcept>

namespace lm::test {

namespace fs = std::filesystem;

SpoolDirectory::SpoolDirectory() {
    std::string name = (fs::temp_directory_path() / "live-meeting-spool-XXXXXX").string();
    if (!mkdtemp(name.data())) throw std::runtime_error("no temporary directory");
    path_ = name;
}

SpoolDirectory::~SpoolDirectory() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
}

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
