#pragma once

#include "plugins/common/handles.hpp"
#include "service/http/source.hpp"

#include <functional>

namespace lm::http {

/// Waits, without a thread and without being woken by every byte, until the whole first record of a TLS
/// client is there: who says half a hello keeps nobody busy. Reads nothing. The wait has no end of its own:
/// shut the socket down to end it.
class Hello {
public:
    enum class Kind {
        Tls,
        Http, // a client that does not know that this is https
        None, // gone, or something else
    };
    using Seen = std::function<void(Kind)>;

    /// `seen` runs once and may destroy this. The socket belongs to somebody else.
    Hello(GSocket* socket, Seen seen);

private:
    void look();
    void finish(Kind kind);
    void expect(int bytes);

    int descriptor_;
    int expected_ = 0;
    Seen seen_;
    Source watch_;
};

} // namespace lm::http
