#pragma once

#include <functional>
#include <string>

namespace lm::recordings {

/// Calls `file` for every name that ends in `.wav`, in `root` and three levels of directories below it: the
/// open directory, the name, the path to show. Links to directories are not followed, those that cannot be
/// read are left out. Returns when all are seen or `file` returned false. False when `root` itself cannot be
/// read.
bool forEachWav(const std::string& root,
                const std::function<bool(int directory, const char* name, const std::string& path)>& file);

} // namespace lm::recordings
