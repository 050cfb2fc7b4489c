#pragma once

#include <string>
#include <utility>
#include <variant>

namespace lm::store {

/// Why the database did not do what it was asked for. `message` is for people and names no secret and no
/// value.
struct Failure {
    enum class Kind {
        Away,     // no connection, no room, no answer in time: the same may work later
        Conflict, // a unique value is taken
        Refused,  // this will never work: the data or the statement is wrong
        Unfit,    // the database is not one this program may use, such as one of a newer program
        Late,     // no answer within the asker's deadline; it may still be done
    };
    Kind kind = Kind::Away;
    std::string message;
};

/// Success without a value.
struct Done {};

/// A value or a Failure.
template <typename T> class [[nodiscard]] Outcome {
public:
    Outcome(T value) : data_(std::in_place_index<0>, std::move(value)) {}
    Outcome(Failure failure) : data_(std::in_place_index<1>, std::move(failure)) {}

    explicit operator bool() const { return data_.index() == 0; }
    T& operator*() { return std::get<0>(data_); }
    const T& operator*() const { return std::get<0>(data_); }
    T* operator->() { return &std::get<0>(data_); }
    const T* operator->() const { return &std::get<0>(data_); }
    const Failure& failure() const { return std::get<1>(data_); }

private:
    std::variant<T, Failure> data_;
};

} // namespace lm::store
