#pragma once

#include "service/store/sessions.hpp"

namespace lm::meetings {

/// Who wants to hear of sessions as the database has them. Called on the main context, when a webhook was
/// applied: perhaps again, not for those that another replica heard of, and perhaps a moment before a
/// transaction that is then undone and applied once more.
class SessionListener {
public:
    virtual ~SessionListener() = default;
    /// ACTIVE: what was asked for by the name of its room may now be asked for by its meetingId.
    virtual void sessionActive(const store::Session&) {}
    virtual void sessionEnded(const store::Session&) {}
    /// Before one of the above: the status is another one than it was, whichever replica was told.
    virtual void sessionChanged(const store::Session&) {}
};

} // namespace lm::meetings
