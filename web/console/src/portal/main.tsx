import { render } from 'preact';
import { App } from './app';
import { startLook } from './look';
import './portal.css';

startLook();
render(<App />, document.getElementById('app')!);
