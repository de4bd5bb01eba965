// What the token of the portal says: whose it is, what it may do, and until when.
import { createContext } from 'preact';
import { useContext } from 'preact/hooks';
import type { Caller } from '../caller';

export const TokenContext = createContext<Caller>({ name: null, role: 'portal', companyId: '' });

export type Right = NonNullable<Caller['may']>[number];

export function useRight(right: Right): boolean {
  return useContext(TokenContext).may?.includes(right) ?? false;
}
