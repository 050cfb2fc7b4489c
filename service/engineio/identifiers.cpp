#include "service/engineio/identifiers.hpp"

#include "service/engineio/base64.hpp"

#include <sys/random.h>

#include <algorithm>
#include <stdexcept>

namespace lm::engineio {

std::string randomId() {
    char bytes[15]; // base64 without padding
    if (getrandom(bytes, sizeof bytes, 0) != sizeof bytes) throw std::runtime_error("no random bytes");
    std::string id = encodeBase64({bytes, sizeof bytes});
    std::replace(id.begin(), id.end(), '/', '_');
    std::replace(id.begin(), id.end(), '+', '-');
    return id;
}

std::string randomHex(std::size_t bytes) {
    constexpr char digits[] = "0123456789abcdef";
    std::string random(bytes, '\0'), text;
    if (getrandom(random.data(), bytes, 0) != static_cast<ssize_t>(bytes))
        throw std::runtime_error("no random bytes");
    for (const char c : random) {
        text += digits[static_cast<unsigned char>(c) >> 4];
        text += digits[c & 15];
    }
    return text;
}

} // namespace lm::engineio
