#pragma once

#include <string>

namespace lm::engineio {

/// 20 characters of the URL-safe base64 alphabet: 120 random bits of the kernel.
std::string randomId();

/// That many random bytes as lower-case hexadecimal digits.
std::string randomHex(std::size_t bytes);

} // namespace lm::engineio
