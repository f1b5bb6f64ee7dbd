#pragma once

#include "engine/session/session.h"

namespace zerocl {

// A sequence in a session's key/value cache for the length of a scope.
class OpenSequence {
 public:
  explicit OpenSequence(Session& session) : session_(session), id_(session.open_sequence()) {}
  ~OpenSequence() { session_.close_sequence(id_); }
  OpenSequence(const OpenSequence&) = delete;
  OpenSequence& operator=(const OpenSequence&) = delete;

  Session::SequenceId id() const { return id_; }

 private:
  Session& session_;
  Session::SequenceId id_;
};

}  // namespace zerocl
