#pragma once

#include "service/config/settings.hpp"

namespace lm::config {

/// One variable and what it does to the settings.
struct Entry {
    Variable variable;
    /// Reads the text into the settings; an error is what is allowed, to be read after "must be ".
    std::function<std::optional<Error>(Settings&, const std::string& text)> apply;
    bool secret = false; // the text may hold a secret: never repeat it
};
const std::vector<Entry>& entries();

} // namespace lm::config
