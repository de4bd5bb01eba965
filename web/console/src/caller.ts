// Who uses the page: what the node says of the key.
import { createContext } from 'preact';
import { useContext } from 'preact/hooks';
import type { Schemas } from './api';

export type Caller = Schemas['Caller'];

export const CallerContext = createContext<Caller>({ name: null, role: 'reader', companyId: null, subject: null });

export const useCaller = (): Caller => useContext(CallerContext);
/** True if the key may change things. */
export const useMay = (): boolean => ['admin', 'portal'].includes(useCaller().role);
/** True if the key sees the whole node. */
export const useWhole = (): boolean => useCaller().companyId === null;
