#pragma once

#include <string>
#include <utility>
#include <variant>

namespace lm {

/// An expected failure: one sentence for people that names what is wrong, and where (a parameter, a JSON
/// pointer, a file) when there is a place to point to. Never holds a secret.
struct Error {
    std::string message;
    std::string where = {};
};

/// A value or an Error. Exceptions are for bugs and exhaustion only.
template <typename T> class [[nodiscard]] Result {
public:
    Result(T value) : data_(std::in_place_index<0>, std::move(value)) {}
    Result(Error error) : data_(std::in_place_index<1>, std::move(error)) {}

    explicit operator bool() const { return data_.index() == 0; }
    T& operator*() { return std::get<0>(data_); }
    const T& operator*() const { return std::get<0>(data_); }
    T* operator->() { return &std::get<0>(data_); }
    const T* operator->() const { return &std::get<0>(data_); }
    const Error& error() const { return std::get<1>(data_); }

private:
    std::variant<T, Error> data_;
};

} // namespace lm
