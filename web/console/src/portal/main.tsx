import { render } from 'preact';
import { App } from './app';
import { startLook } from './look';
import { startPlaces } from './place';
import './portal.css';

startLook();
startPlaces();
render(<App />, document.getElementById('app')!);
