#pragma once

#include "plugins/common/ownedfd.hpp"

#include <sys/stat.h>

#include <optional>
#include <string>
#include <vector>

namespace lm::association {

/// The folders of a room and of a meeting below one directory, and what goes from the first to the second.
/// Neither is followed if it is a link, and nothing is ever overwritten. Everything blocks.
class FolderPair {
public:
    /// `from`, `to`: plain names.
    FolderPair(const std::string& directory, std::string from, std::string to);

    /// Regular files in the first folder.
    std::vector<std::string> names() const;
    /// Nullopt when no regular file has this name there.
    std::optional<struct stat> inFirst(const std::string& name) const { return find(from_, name); }
    std::optional<struct stat> inSecond(const std::string& name) const { return find(to_, name); }
    /// A file of the first, opened with `flags`; none with errno.
    OwnedFd open(const std::string& name, int flags) const;

    enum class Outcome {
        Moved,
        Gone,   // from the first, meanwhile
        Taken,  // the second has that name: both stay as they are
        Failed, // errno says why
    };
    /// Makes the second folder if it has to.
    Outcome move(const std::string& name);
    /// What was moved is so after a power cut, too. Removes the first folder if it is empty. False with
    /// errno.
    bool settle();

private:
    static std::optional<struct stat> find(const OwnedFd& folder, const std::string& name);
    OwnedFd openFolder(const std::string& name) const;
    bool makeSecond();

    const std::string fromName_, toName_;
    OwnedFd directory_;
    OwnedFd from_, to_; // none: it is not there
};

} // namespace lm::association
