#include "tools/common/commandline.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>

namespace lm::tools {

namespace {

using Apply = std::function<std::optional<Error>(const std::string&)>;

template <typename T> Result<T> parse(std::string_view text, T least, T most) {
    T value{};
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size() || !(value >= least && value <= most)) {
        return Error{std::string(text) + " is not a number from " + std::to_string(least) + " to " +
                     std::to_string(most)};
    }
    return value;
}

template <typename T, typename Target> Apply numberInto(Target& target, T least, T most) {
    return [&target, least, most](const std::string& text) -> std::optional<Error> {
        auto value = parse<T>(text, least, most);
        if (!value) return value.error();
        target = static_cast<Target>(*value);
        return std::nullopt;
    };
}

} // namespace

Result<double> parseNumber(std::string_view text, double least, double most) {
    return parse<double>(text, least, most);
}

Result<std::uint64_t> parseInteger(std::string_view text, std::uint64_t least, std::uint64_t most) {
    return parse<std::uint64_t>(text, least, most);
}

Apply into(std::string& target) {
    return [&target](const std::string& text) -> std::optional<Error> {
        target = text;
        return std::nullopt;
    };
}

Apply into(bool& target, bool value) {
    return [&target, value](const std::string&) -> std::optional<Error> {
        target = value;
        return std::nullopt;
    };
}

Apply into(double& target, double least, double most) {
    return numberInto<double>(target, least, most);
}

Apply into(std::uint32_t& target, std::uint32_t least, std::uint32_t most) {
    return numberInto<std::uint32_t>(target, least, most);
}

Result<Parsed> parseOptions(std::span<const Option> options, std::span<const std::string> args) {
    for (std::size_t i = 0; i < args.size(); ++i) {
        if (args[i] == "--help" || args[i] == "-h") return Parsed::Help;
        const auto equals = args[i].find('=');
        const auto name = args[i].substr(0, equals);
        const auto option = std::ranges::find_if(options, [&](const Option& o) { return name == o.name; });
        if (option == options.end()) return Error{"unknown option " + name};
        std::string value;
        if (option->value == nullptr) {
            if (equals != std::string::npos) return Error{name + " takes no value"};
        } else if (equals != std::string::npos) {
            value = args[i].substr(equals + 1);
        } else if (++i < args.size()) {
            value = args[i];
        } else {
            return Error{name + " needs a value: " + option->value};
        }
        if (auto error = option->apply(value)) return Error{name + ": " + error->message};
    }
    return Parsed::Run;
}

std::string describe(std::span<const Option> options) {
    constexpr std::size_t column = 30;
    std::string text;
    for (const auto& option : options) {
        std::string line = std::string("  ") + option.name;
        if (option.value != nullptr) line += std::string(" ") + option.value;
        if (line.size() + 2 > column) {
            text += line + "\n";
            line.clear();
        }
        line.resize(column, ' ');
        text += line;
        for (const char* c = option.help; *c != '\0'; ++c) {
            text += *c;
            if (*c == '\n') text.append(column, ' ');
        }
        text += "\n";
    }
    return text;
}

} // namespace lm::tools
