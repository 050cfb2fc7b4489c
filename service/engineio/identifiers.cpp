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

} // namespace lm::engineio
