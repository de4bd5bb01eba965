// Carries a precompiled header, and has nothing else.
