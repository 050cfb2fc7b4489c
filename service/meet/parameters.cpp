#include "service/meet/parameters.hpp"

#include "service/domain/query.hpp"
#include "service/domain/utf8.hpp"

#include <algorithm>

namespace lm::meet {
namespace {

bool isText(const std::string& value) {
    const auto control = [](unsigned char c) { return c < 0x20 || c == 0x7f; };
    return domain::isUtf8(value) && std::none_of(value.begin(), value.end(), control);
}

} // namespace

Parameter readParameter(const http::Request& request, const std::string& name, std::size_t most) {
    Parameter found;
    const auto refuse = [&](const std::string& what) {
        found.refusal = http::problem(400, "invalid_parameter", name + " must be " + what + ".", name);
        return found;
    };
    bool seen = false;
    for (const auto& [key, value] : domain::splitQuery(request.query)) {
        if (key != name) continue;
        if (std::exchange(seen, true)) return refuse("given once");
        const auto decoded = domain::decodeFormText(value);
        if (!decoded || !isText(*decoded)) return refuse("UTF-8 without control characters, percent-encoded");
        if (decoded->size() > most) return refuse("at most " + std::to_string(most) + " bytes long");
        found.value = *decoded;
    }
    found.missing = found.value.empty();
    return found;
}

} // namespace lm::meet
