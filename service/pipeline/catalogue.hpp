#pragma once

#include "service/pipeline/description.hpp"

#include <map>
#include <string>
#include <string_view>
#include <utility>

namespace lm::pipeline {

/// Every description the service can launch, all verified.
class Catalogue {
public:
    /// The shipped descriptions, then the `*.json` of `overrideDir` (empty: none), where a file replaces the
    /// shipped one of its name. The first thing wrong anywhere is the Error: `where` is the file and the
    /// place in it.
    static Result<Catalogue> load(const std::string& overrideDir);

    /// Adds one description from text, replacing that of the same name. `file` is what errors call it.
    std::optional<Error> add(std::string_view text, const std::string& name, const std::string& file);

    /// The variant, or the base when the description has no such variant; nullptr for an unknown name.
    const Description* find(const std::string& name, const std::string& variant = {}) const;

private:
    std::map<std::pair<std::string, std::string>, Description> descriptions_;
};

} // namespace lm::pipeline
