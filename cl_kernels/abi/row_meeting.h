// The memory through which work-groups that hold parts of a row find the row's largest magnitude.
#pragma once

// A row's largest magnitude is known when every work-group that holds a part of the row has said
// its own. The memory where they meet: twice (uint [rows] maxima, uint [rows / 64] arrivals), all
// zero before the first launch. A launch uses one half and clears the other for the next. Norms
// meet twice at the same counter: before, with sums of their parts (NORM_PARTIALS_INDEX).
#define MEETING_TILE 128  // rows of a kernel's tile at most: the memory is of whole ones
#define MEETING_ROWS 64   // that arrive together
#define MEETING_WORDS(rows) ((rows) + (rows) / MEETING_ROWS)  // of one half, in uints
