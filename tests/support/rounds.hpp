#pragma once

namespace lm::test {

/// How often a test with random inputs draws them: a sanitised build is five to fifty times slower, and finds
/// what it finds with a fifth.
constexpr unsigned rounds(unsigned count) {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
    return (count + 4) / 5;
#else
    return count;
#endif
}

} // namespace lm::test
