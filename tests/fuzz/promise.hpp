#pragma once

#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <string_view>

/// One call, one input: what libFuzzer and `replay.cpp` both drive. Each target defines it.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace lm::fuzz {

/// What a target promises about every input, beyond not crashing. Nobody catches the exception below
/// libFuzzer, which reports it as a crash and keeps the input.
inline void promise(bool kept, const char* what) {
    if (!kept) throw std::logic_error(what);
}

inline std::string_view asText(const std::uint8_t* data, std::size_t size) {
    return {reinterpret_cast<const char*>(data), size};
}

/// Takes bytes off the front of an input for decisions of the target; zero when there are none left.
class Front {
public:
    Front(const std::uint8_t* data, std::size_t size) : data_(data), size_(size) {}

    std::uint64_t take(std::size_t bytes) {
        std::uint64_t value = 0;
        for (; bytes > 0; --bytes)
            value = value << 8 | (size_ > 0 ? (--size_, *data_++) : 0U);
        return value;
    }
    const std::uint8_t* rest() const { return data_; }
    std::size_t left() const { return size_; }

private:
    const std::uint8_t* data_;
    std::size_t size_;
};

} // namespace lm::fuzz
