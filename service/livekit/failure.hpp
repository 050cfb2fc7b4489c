#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <variant>

namespace lm::livekit {

/// Why LiveKit did not do what it was asked for.
struct Failure {
    enum class Kind {
        Unreachable,  // no connection, nothing has been done
        Late,         // no answer in time, or it broke off: it may have been done
        Refused,      // our key, secret or grants are wrong
        NotFound,     // no such room, egress or method
        Precondition, // not in this state, such as stopping what has ended
        Busy,         // no capacity now: try again later
        Invalid,      // the request is wrong and stays wrong
        Broken,       // LiveKit failed, or answered what is no answer
    };
    Kind kind = Kind::Broken;
    std::string message;   // for people, without secrets
    std::string code = {}; // Twirp's, empty when there is none
    unsigned status = 0;   // of the HTTP answer, 0 without one
};

/// True when asking again later may help.
bool isPassing(Failure::Kind kind);

/// A value or a Failure.
template <typename T> class [[nodiscard]] Reply {
public:
    Reply(T value) : data_(std::in_place_index<0>, std::move(value)) {}
    Reply(Failure failure) : data_(std::in_place_index<1>, std::move(failure)) {}

    explicit operator bool() const { return data_.index() == 0; }
    T& operator*() { return std::get<0>(data_); }
    const T& operator*() const { return std::get<0>(data_); }
    T* operator->() { return &std::get<0>(data_); }
    const T* operator->() const { return &std::get<0>(data_); }
    const Failure& failure() const { return std::get<1>(data_); }

private:
    std::variant<T, Failure> data_;
};

/// The failure that an answer which is no success tells: Twirp's JSON, or the plain text of LiveKit's
/// middleware. `status`: of HTTP.
Failure failureFrom(unsigned status, std::string_view body);

/// The text without what a URL in it may hide: LiveKit repeats media URLs, token and all, in its messages.
std::string withoutSecrets(std::string_view text);

} // namespace lm::livekit
