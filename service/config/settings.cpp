#include "service/config/settings.hpp"

#include "service/config/entries.hpp"

#include <cstdlib>

namespace lm::config {
namespace {

Error wrong(const Entry& entry, const std::string& value, const Error& allowed) {
    std::string message = std::string(entry.variable.name) + " must be " + allowed.message;
    if (!entry.secret) message += ", not '" + value.substr(0, 100) + "'";
    return {message, entry.variable.name};
}

} // namespace

Result<Settings> load(const Environment& environment) {
    Settings settings;
    for (const Entry& entry : entries()) {
        const auto value = environment(entry.variable.name);
        if (!value || value->empty()) continue;
        if (const auto allowed = entry.apply(settings, *value)) return wrong(entry, *value, *allowed);
    }
    return settings;
}

std::optional<std::string> processEnvironment(const std::string& name) {
    const char* value = std::getenv(name.c_str());
    if (!value) return std::nullopt;
    return value;
}

const std::vector<Variable>& variables() {
    static const std::vector<Variable> rows = [] {
        std::vector<Variable> all;
        for (const Entry& entry : entries())
            all.push_back(entry.variable);
        return all;
    }();
    return rows;
}

} // namespace lm::config
