-- Taken by another branch; goes with the merge.
SELECT 1;
