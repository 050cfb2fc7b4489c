#pragma once

#include "plugins/common/result.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace lm::tools {

/// One `--name VALUE` (or a flag, when `value` is null) of a command-line program. `apply` stores it and
/// answers what is wrong with it, if anything.
struct Option {
    const char* name;  // with its dashes
    const char* value; // what the help calls the argument; nullptr: takes none
    const char* help;
    std::function<std::optional<Error>(const std::string&)> apply;
};

enum class Parsed { Run, Help };

/// Applies `args` (without the program's name) in order; `--name value` and `--name=value` are the same. The
/// error names the option.
Result<Parsed> parseOptions(std::span<const Option> options, std::span<const std::string> args);

/// The options as the body of a help page.
std::string describe(std::span<const Option> options);

/// A decimal number, whole text, between the bounds.
Result<double> parseNumber(std::string_view text, double least, double most);
Result<std::uint64_t> parseInteger(std::string_view text, std::uint64_t least, std::uint64_t most);

/// Ready-made `apply` functions.
std::function<std::optional<Error>(const std::string&)> into(std::string& target);
std::function<std::optional<Error>(const std::string&)> into(bool& target, bool value = true);
std::function<std::optional<Error>(const std::string&)> into(double& target, double least, double most);
std::function<std::optional<Error>(const std::string&)> into(std::uint32_t& target, std::uint32_t least,
                                                             std::uint32_t most);

} // namespace lm::tools
